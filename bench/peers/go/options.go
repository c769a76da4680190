package main

import (
	"fmt"
	"strconv"
	"strings"
)

const usage = `stealyard-peer-go --list
stealyard-peer-go --workload NAME [--size N] [--workers N] [--samples K] [--min_time_ms T] [--seed S]
Measures one workload of Go's scheduler and prints one line of JSON (results/README.md).
`

type options struct {
	help, list bool
	workload   workload
	size       int64
	workers    int
	samples    int
	minTimeMs  int64
	seed       int64
}

// numericOption is one flag that takes a whole number, and what it accepts.
type numericOption struct {
	low, high int64
	standard  int64
}

var numericOptions = map[string]numericOption{
	"size":        {1, 1_000_000_000, 0},
	"workers":     {1, 1024, 1},
	"samples":     {1, 10_000, 5},
	"min_time_ms": {0, 60_000, 50},
	"seed":        {0, 1<<63 - 1, 1},
}

const knownFlags = "--help, --list, --min_time_ms, --samples, --seed, --size, --workers, --workload"

func parseOptions(arguments []string) (options, error) {
	var given options
	numbers := map[string]int64{}
	for name, option := range numericOptions {
		numbers[name] = option.standard
	}
	workloadName := ""
	for i := 0; i < len(arguments); i++ {
		name, value, joined := strings.Cut(arguments[i], "=")
		switch name {
		case "--help":
			return options{help: true}, nil
		case "--list":
			given.list = true
			continue
		}
		option, numeric := numericOptions[strings.TrimPrefix(name, "--")]
		if !strings.HasPrefix(name, "--") || (name != "--workload" && !numeric) {
			return given, fmt.Errorf("unknown flag '%s'; known: %s", arguments[i], knownFlags)
		}
		if !joined {
			i++
			if i == len(arguments) {
				return given, fmt.Errorf("%s needs a value", name)
			}
			value = arguments[i]
		}
		if name == "--workload" {
			workloadName = value
			continue
		}
		number, err := strconv.ParseInt(value, 10, 64)
		if err != nil || number < option.low || number > option.high {
			return given, fmt.Errorf("%s '%s' is not accepted: a whole number from %d to %d is", name, value, option.low, option.high)
		}
		numbers[name[2:]] = number
	}
	if given.list {
		return given, nil
	}
	return given.complete(workloadName, numbers)
}

func (given options) complete(workloadName string, numbers map[string]int64) (options, error) {
	names := []string{}
	for _, each := range workloads {
		names = append(names, each.name)
		if each.name == workloadName {
			given.workload = each
		}
	}
	if workloadName == "" {
		return given, fmt.Errorf("--workload is needed; known: %s", strings.Join(names, ", "))
	}
	if given.workload.run == nil {
		return given, fmt.Errorf("unknown workload '%s'; known: %s", workloadName, strings.Join(names, ", "))
	}
	given.size = numbers["size"]
	if given.size == 0 {
		given.size = given.workload.defaultSize
	}
	if given.workload.accepts != nil {
		if err := given.workload.accepts(given.size); err != nil {
			return given, err
		}
	}
	given.workers, given.samples = int(numbers["workers"]), int(numbers["samples"])
	given.minTimeMs, given.seed = numbers["min_time_ms"], numbers["seed"]
	return given, nil
}
