package main

import (
	"math/rand"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

type wake struct {
	number int64
	sent   time.Time
}

// externalWake measures how long an idle runtime takes to notice a thread of the outside world.
//
// Go without cgo has no thread outside its runtime. The nearest is a goroutine locked to its thread which sleeps in a blocking
// system call and then sends. To send it needs a processor (P), which a foreign thread of a C++ program does not: with one
// worker the receiver now and then waits until the runtime takes the sleeper's P away, so the tail there is Go's own but
// not only that of the wake. A second P would cure the tail and make the median worse; GOMAXPROCS stays at the workers.
func externalWake(size int64, random *rand.Rand) runOutcome {
	gaps := make([]time.Duration, size)
	for i := range gaps {
		gaps[i] = time.Duration(100_000+random.Int63n(200_001)) * time.Nanosecond
	}
	wakes := make(chan wake)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		for i, gap := range gaps {
			rest := syscall.NsecToTimespec(gap.Nanoseconds())
			for syscall.Nanosleep(&rest, &rest) == syscall.EINTR {
			}
			wakes <- wake{int64(i), time.Now()}
		}
		close(wakes)
	}()
	latencies := make([]float64, 0, size)
	inOrder := int64(0)
	start := time.Now()
	for received := range wakes {
		latencies = append(latencies, float64(time.Since(received.sent).Nanoseconds()))
		if received.number == inOrder {
			inOrder++
		}
	}
	return runOutcome{elapsed: time.Since(start), operations: size, expected: decimal(size), got: decimal(inOrder), latencies: latencies}
}

type arrival struct {
	number int64
	due    time.Time
}

func cpuNs(which uintptr) float64 {
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, which, uintptr(unsafe.Pointer(&now)), 0)
	return float64(now.Nano())
}

// idleBurn: what waiting costs. The outside is made as in externalWake; its processor time is taken off.
func idleBurn(size int64, _ *rand.Rand) runOutcome {
	const processClock, threadClock, setTimerSlack = 2, 3, 29
	count := size / 10
	if count < 1 {
		count = 1
	}
	gap := time.Second / time.Duration(size)
	arrivals := make(chan arrival, 64)
	outsideCPU := make(chan float64, 1)
	cpuBefore := cpuNs(processClock)
	start := time.Now()
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this goroutine
		syscall.Syscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0)
		before := cpuNs(threadClock)
		due := time.Now()
		for i := int64(0); i != count; i++ {
			due = due.Add(gap)
			if left := time.Until(due); left > 0 {
				rest := syscall.NsecToTimespec(left.Nanoseconds())
				for syscall.Nanosleep(&rest, &rest) == syscall.EINTR {
				}
			}
			arrivals <- arrival{i, time.Now()}
		}
		close(arrivals)
		outsideCPU <- cpuNs(threadClock) - before
	}()
	latencies := make([]float64, 0, count)
	inOrder := int64(0)
	for received := range arrivals {
		latencies = append(latencies, float64(time.Since(received.due).Nanoseconds()))
		if received.number == inOrder {
			inOrder++
		}
	}
	elapsed := time.Since(start)
	burnt := cpuNs(processClock) - cpuBefore - <-outsideCPU
	return runOutcome{elapsed: elapsed, operations: count, expected: decimal(count), got: decimal(inOrder), latencies: latencies,
		metrics: map[string]float64{"cpu_ns_each": burnt / float64(count), "cpu_share": burnt / float64(elapsed.Nanoseconds())}}
}
