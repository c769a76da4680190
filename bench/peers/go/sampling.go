package main

import (
	"math"
	"math/rand"
	"sort"
	"syscall"
	"time"
)

// runOutcome is one run of a workload: the timed part, what it did, and its answer.
type runOutcome struct {
	elapsed    time.Duration
	operations int64
	expected   string
	got        string
	latencies  []float64          // ns, one an operation; nil for workloads that measure throughput
	metrics    map[string]float64 // what else was measured in this run
}

// sampled is everything one measurement found.
type sampled struct {
	values     []float64
	operations int64 // in the last sample
	latency    *latencySummary
	metrics    map[string][]float64
	cpuSeconds float64
	answer     answer
}

// sampleWorkload takes given.samples samples, each of as many whole runs as fill min_time_ms. The first run warms up and is
// dropped, but its answer counts.
func sampleWorkload(chosen workload, given options) sampled {
	random := rand.New(rand.NewSource(given.seed))
	result := sampled{answer: answer{Checked: true, Ok: true}, metrics: map[string][]float64{}}
	result.check(chosen.run(given.size, random))
	before := cpuSeconds()
	var latencies []float64
	for len(result.values) < given.samples {
		value, operations, ofSample := result.takeSample(chosen, given, random)
		result.values = append(result.values, value)
		result.operations = operations
		latencies = append(latencies, ofSample...)
	}
	result.cpuSeconds = cpuSeconds() - before
	result.latency = summarise(latencies)
	return result
}

func (result *sampled) takeSample(chosen workload, given options, random *rand.Rand) (float64, int64, []float64) {
	shortest := time.Duration(given.minTimeMs) * time.Millisecond
	var elapsed time.Duration
	var operations int64
	var latencies []float64
	for operations == 0 || elapsed < shortest {
		outcome := chosen.run(given.size, random)
		result.check(outcome)
		elapsed += outcome.elapsed
		operations += outcome.operations
		latencies = append(latencies, outcome.latencies...)
		for name, value := range outcome.metrics {
			result.metrics[name] = append(result.metrics[name], value)
		}
	}
	if latencies != nil {
		return percentile(sorted(latencies), 50), operations, latencies
	}
	return float64(elapsed.Nanoseconds()) / float64(operations) / chosen.nsPerUnit, operations, nil
}

// check keeps the first wrong answer: later right ones do not excuse it.
func (result *sampled) check(outcome runOutcome) {
	if result.answer.Ok {
		result.answer.Expected, result.answer.Got = outcome.expected, outcome.got
		result.answer.Ok = outcome.expected == outcome.got
	}
}

func cpuSeconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e9
}

func sorted(values []float64) []float64 {
	ordered := append([]float64(nil), values...)
	sort.Float64s(ordered)
	return ordered
}

// percentile is the nearest rank: a value that was measured, never one in between.
func percentile(ordered []float64, percent float64) float64 {
	rank := int(math.Ceil(percent / 100 * float64(len(ordered))))
	if rank < 1 {
		rank = 1
	}
	return ordered[rank-1]
}

func summarise(latencies []float64) *latencySummary {
	if latencies == nil {
		return nil
	}
	summary := &latencySummary{Count: len(latencies)}
	ordered := sorted(latencies)
	for _, percent := range []float64{50, 90, 99, 99.9, 99.99, 100} {
		summary.Percentiles = append(summary.Percentiles, [2]float64{percent, percentile(ordered, percent)})
	}
	return summary
}
