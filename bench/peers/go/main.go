// stealyard-peer-go: Go's own scheduler and channels, measured as a subject of scripts/stealyard bench.
//
// It speaks the subject protocol of results/README.md: `--list` describes the workloads, `--workload NAME` measures one and
// prints one line of JSON. Exit status: 0 done, 1 wrong answer, 2 usage, 3 nothing matched.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

const version = "0.1"

// gitState is set by the build (-ldflags -X).
var gitState = "unknown"

type listedWorkload struct {
	Name        string   `json:"name"`
	Group       string   `json:"group"`
	Unit        string   `json:"unit"`
	DefaultSize int64    `json:"default_size"`
	Needs       []string `json:"needs"`
	Kind        *string  `json:"kind"`
	Latency     bool     `json:"latency"`
	About       string   `json:"about"`
}

type listing struct {
	Subject   string              `json:"subject"`
	Version   string              `json:"version"`
	Workloads []listedWorkload    `json:"workloads"`
	Parts     map[string][]string `json:"parts"`
	Defaults  map[string]string   `json:"defaults"`
}

type latencySummary struct {
	Count       int          `json:"count"`
	Percentiles [][2]float64 `json:"percentiles"`
}

type answer struct {
	Checked  bool   `json:"checked"`
	Ok       bool   `json:"ok"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
}

type measurement struct {
	Schema     string               `json:"schema"`
	Subject    string               `json:"subject"`
	Version    string               `json:"version"`
	Workload   string               `json:"workload"`
	Group      string               `json:"group"`
	Size       int64                `json:"size"`
	Workers    int                  `json:"workers"`
	Parts      map[string]string    `json:"parts"`
	Seed       int64                `json:"seed"`
	Unit       string               `json:"unit"`
	Operations int64                `json:"operations"`
	Samples    []float64            `json:"samples"`
	LatencyNs  *latencySummary      `json:"latency_ns"`
	CPUSeconds float64              `json:"cpu_seconds"`
	Metrics    map[string][]float64 `json:"metrics"`
	Answer     answer               `json:"answer"`
	Build      map[string]string    `json:"build"`
}

func printLine(value any) {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		fmt.Fprintf(os.Stderr, "stealyard-peer-go: cannot write the measurement: %v\n", err)
		os.Exit(1)
	}
}

func list() {
	described := listing{Subject: "go", Version: version, Parts: map[string][]string{}, Defaults: map[string]string{}}
	for _, each := range workloads {
		described.Workloads = append(described.Workloads, listedWorkload{each.name, "workload", each.unit, each.defaultSize,
			[]string{}, nil, each.latency, each.about})
	}
	printLine(described)
}

func measure(chosen workload, given options) {
	runtime.GOMAXPROCS(given.workers)
	taken := sampleWorkload(chosen, given)
	printLine(measurement{
		Schema: "stealyard.measurement/1", Subject: "go", Version: version, Workload: chosen.name, Group: "workload",
		Size: given.size, Workers: given.workers, Parts: map[string]string{}, Seed: given.seed, Unit: chosen.unit,
		Operations: taken.operations, Samples: taken.values, LatencyNs: taken.latency, CPUSeconds: taken.cpuSeconds, Metrics: taken.metrics,
		Answer: taken.answer,
		Build:  map[string]string{"compiler": runtime.Version(), "flags": "", "type": "release", "git": gitState},
	})
	if !taken.answer.Ok {
		fmt.Fprintf(os.Stderr, "stealyard-peer-go: wrong answer of %s: expected %s, got %s\n", chosen.name, taken.answer.Expected, taken.answer.Got)
		os.Exit(1)
	}
}

func main() {
	given, err := parseOptions(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "stealyard-peer-go: %v\n", err)
		os.Exit(2)
	}
	switch {
	case given.help:
		fmt.Print(usage)
	case given.list:
		list()
	default:
		measure(given.workload, given)
	}
}
