package main

import (
	"fmt"
	"math/rand"
	"sort"
	"sync"
	"time"
)

// sleepAll has `size` goroutines sleep 1 to 10 ms at the same time; it returns how long that took, and how late each was woken.
func sleepAll(size int64, random *rand.Rand) (time.Duration, []time.Duration) {
	durations := make([]time.Duration, size)
	for i := range durations {
		durations[i] = time.Millisecond + time.Duration(random.Int63n(int64(9*time.Millisecond)+1))
	}
	late := make([]time.Duration, size)
	for i := range late {
		late[i] = -1
	}
	var joined sync.WaitGroup
	joined.Add(int(size))
	start := time.Now()
	for i := range durations {
		go func(i int) {
			due := time.Now().Add(durations[i])
			time.Sleep(durations[i])
			late[i] = time.Since(due)
			joined.Done()
		}(i)
	}
	joined.Wait()
	return time.Since(start), late
}

func sleepersOutcome(value time.Duration, late []time.Duration) runOutcome {
	inTime := 0
	for _, each := range late {
		if each >= 0 {
			inTime++
		}
	}
	return runOutcome{elapsed: value, operations: 1, expected: fmt.Sprintf("%d woke, none early", len(late)),
		got: fmt.Sprintf("%d woke, none early", inTime)}
}

func sleepers(size int64, random *rand.Rand) runOutcome {
	elapsed, late := sleepAll(size, random)
	return sleepersOutcome(elapsed, late)
}

func sleepersP99(size int64, random *rand.Rand) runOutcome {
	_, late := sleepAll(size, random)
	sort.Slice(late, func(a, b int) bool { return late[a] < late[b] })
	return sleepersOutcome(late[(size*99+99)/100-1], late)
}

const (
	stormGoroutines = 8
	stormTimersEach = 128
)

// putOff counts how many of `times` operations found their timer pending, as all must.
func putOff(times int64) int64 {
	var pending [stormTimersEach]*time.Timer
	for i := range pending {
		pending[i] = time.NewTimer(time.Hour)
	}
	found := int64(0)
	for i := int64(0); i < times; i++ {
		timer := pending[i%stormTimersEach]
		later := time.Hour + time.Duration(i%1000)*time.Microsecond
		if i%8 != 7 {
			if timer.Reset(later) {
				found++
			}
		} else if timer.Stop() && !timer.Reset(later) {
			found++
		}
	}
	for _, timer := range pending {
		timer.Stop()
	}
	return found
}

func timerStorm(size int64, _ *rand.Rand) runOutcome {
	var found [stormGoroutines]int64
	var joined sync.WaitGroup
	joined.Add(stormGoroutines)
	start := time.Now()
	for g := int64(0); g < stormGoroutines; g++ {
		times := size / stormGoroutines
		if g < size%stormGoroutines {
			times++
		}
		go func(g, times int64) {
			found[g] = putOff(times)
			joined.Done()
		}(g, times)
	}
	joined.Wait()
	elapsed := time.Since(start)
	sum := int64(0)
	for _, each := range found {
		sum += each
	}
	return runOutcome{elapsed: elapsed, operations: size, expected: decimal(size), got: decimal(sum)}
}
