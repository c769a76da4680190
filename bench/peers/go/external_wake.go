package main

import (
	"math/rand"
	"runtime"
	"syscall"
	"time"
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
