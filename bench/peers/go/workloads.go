package main

import (
	"fmt"
	"math/rand"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// A workload runs `size` operations once and says how long the timed part took. Setting up and clearing away are not timed.
type workload struct {
	name        string
	unit        string
	nsPerUnit   float64
	defaultSize int64
	latency     bool
	about       string
	run         func(size int64, random *rand.Rand) runOutcome
	accepts     func(size int64) error // nil: any
}

var workloads = []workload{
	{name: "spawn_join", unit: "ns/op", nsPerUnit: 1, defaultSize: 100_000, run: spawnJoin,
		about: "start a goroutine and wait for its end, one by one; size: goroutines"},
	{name: "yield", unit: "ns/op", nsPerUnit: 1, defaultSize: 200_000, run: yield,
		about: "two goroutines yield to each other; size: yields of both together"},
	{name: "ping_pong", unit: "ns/op", nsPerUnit: 1, defaultSize: 100_000, run: pingPong,
		about: "round trips over two unbuffered channels; size: round trips"},
	{name: "buffered", unit: "ns/op", nsPerUnit: 1, defaultSize: 500_000, run: buffered,
		about: "one producer, one consumer, a channel of capacity 128; size: items"},
	{name: "ring_1000", unit: "ns/op", nsPerUnit: 1, defaultSize: 100_000, run: ring,
		about: "a token goes round 1,000 goroutines over unbuffered channels; size: hops"},
	{name: "skynet", unit: "ms/run", nsPerUnit: 1e6, defaultSize: 100_000, run: skynet, accepts: powerOfTen,
		about: "a tree of goroutines, 10 children each, sums its leaves over unbuffered channels; size: leaves"},
	{name: "mutex_uncontended", unit: "ns/op", nsPerUnit: 1, defaultSize: 1_000_000, run: mutexUncontended,
		about: "lock and unlock a mutex that nobody else wants; size: pairs"},
	{name: "mutex_contended", unit: "ns/op", nsPerUnit: 1, defaultSize: 500_000, run: mutexContended,
		about: "four goroutines lock one mutex, add one and unlock; size: sections of all together"},
	{name: "mutex_hand_off", unit: "ns/op", nsPerUnit: 1, defaultSize: 100_000, run: mutexHandOff,
		about: "round trips of a token: each unlocks the mutex that the other waits for; size: round trips"},
	{name: "wait_group_uncontended", unit: "ns/op", nsPerUnit: 1, defaultSize: 1_000_000, run: waitGroupUncontended,
		about: "add, done and wait, by one goroutine; size: times all three"},
	{name: "rw_mutex_read_mostly", unit: "ns/op", nsPerUnit: 1, defaultSize: 500_000, run: rwMutexReadMostly,
		about: "four goroutines share an rw_mutex, one section in a hundred writes; size: sections of all together"},
	{name: "sleepers", unit: "ms/run", nsPerUnit: 1e6, defaultSize: 100_000, run: sleepers,
		about: "goroutines sleep 1 to 10 ms, all at once, until the last is back; size: goroutines"},
	{name: "sleepers_p99", unit: "ms late", nsPerUnit: 1e6, defaultSize: 100_000, run: sleepersP99,
		about: "the same: by how much the 99th of 100 sleepers is woken late; size: goroutines"},
	{name: "timer_storm", unit: "ns/op", nsPerUnit: 1, defaultSize: 200_000, run: timerStorm,
		about: "8 goroutines reset their 128 pending timers each, and stop one in eight; size: resets"},
	{name: "select_1", unit: "ns/op", nsPerUnit: 1, defaultSize: 200_000, run: selectOf(1, receiveOf1),
		about: "a send, and a select over 1 buffered channel, one of them ready; size: selects"},
	{name: "select_2", unit: "ns/op", nsPerUnit: 1, defaultSize: 200_000, run: selectOf(2, receiveOf2),
		about: "a send, and a select over 2 buffered channels, one of them ready; size: selects"},
	{name: "select_4", unit: "ns/op", nsPerUnit: 1, defaultSize: 200_000, run: selectOf(4, receiveOf4),
		about: "a send, and a select over 4 buffered channels, one of them ready; size: selects"},
	{name: "select_8", unit: "ns/op", nsPerUnit: 1, defaultSize: 200_000, run: selectOf(8, receiveOf8),
		about: "a send, and a select over 8 buffered channels, one of them ready; size: selects"},
	{name: "select_ping_pong", unit: "ns/op", nsPerUnit: 1, defaultSize: 100_000, run: selectPingPong,
		about: "round trips over two unbuffered channels, each end a select of two; size: round trips"},
	{name: "external_wake", unit: "ns", nsPerUnit: 1, defaultSize: 200, run: externalWake, latency: true,
		about: "a foreign thread wakes an idle runtime: from send to receipt; size: wakes"},
	{name: "prime_sieve", unit: "ms/run", nsPerUnit: 1e6, defaultSize: 200, run: primeSieve, accepts: atMost("prime_sieve", 10_000),
		about: "a chain of filters over unbuffered channels, a goroutine a prime; size: primes"},
	{name: "fork_join_fib", unit: "ns/op", nsPerUnit: 1, defaultSize: 20, run: forkJoinFib, accepts: atMost("fork_join_fib", 40),
		about: "Fibonacci numbers, a goroutine and a wait group a fork; ns a fork; size: which number"},
	{name: "n_queens", unit: "ms/run", nsPerUnit: 1e6, defaultSize: 10, run: nQueens, accepts: atMost("n_queens", 16),
		about: "all placements of n queens, a goroutine for each in the first four rows; size: the board's side"},
	{name: "tree_search", unit: "ns/op", nsPerUnit: 1, defaultSize: 6, run: treeSearch, accepts: atMost("tree_search", 12),
		about: "unbalanced tree search (UTS, geometric tree T1), a goroutine a node; ns a node; size: depth limit (10: as published)"},
	{name: "mandelbrot", unit: "us/row", nsPerUnit: 1e3, defaultSize: 64, run: mandelbrot, accepts: atMost("mandelbrot", 4096),
		about: "rows of the Mandelbrot set through a pipeline with eight workers; size: the image's side"},
	{name: "fan_in_out", unit: "ns/op", nsPerUnit: 1, defaultSize: 50_000, run: fanInOut,
		about: "one sender, eight in between, one receiver, channels of capacity 16; size: items"},
	{name: "crowd_64x64", unit: "ns/op", nsPerUnit: 1, defaultSize: 50_000, run: crowd,
		about: "64 senders and 64 receivers on one channel of capacity 64; size: items"},
	{name: "idle_burn", unit: "ns", nsPerUnit: 1, defaultSize: 5_000, latency: true, run: idleBurn, accepts: atMost("idle_burn", 200_000),
		about: "arrivals from outside at a steady rate for 0.1 s: latency, and processor time burnt an arrival; size: arrivals a second"},
	{name: "parked_warm", unit: "ns/op", nsPerUnit: 1, defaultSize: 10_000, run: parkedWarm, accepts: atMost("parked_warm", 1_000_000),
		about: "goroutines that begin and wait, on the memory of earlier ones; ns each; size: goroutines"},
	{name: "parked_cold", unit: "ns/op", nsPerUnit: 1, defaultSize: 10_000, run: parkedCold, accepts: atMost("parked_cold", 1_000_000),
		about: "goroutines that begin and wait, on memory fresh from the system; ns each, and bytes; size: goroutines"},
}

func atMost(name string, most int64) func(int64) error {
	return func(size int64) error {
		if size <= most {
			return nil
		}
		return fmt.Errorf("--size '%d' is not accepted by %s: 1 to %d is", size, name, most)
	}
}

func decimal(value int64) string { return strconv.FormatInt(value, 10) }

func spawnJoin(size int64, _ *rand.Rand) runOutcome {
	var joined sync.WaitGroup
	var ran int64
	start := time.Now()
	for i := int64(0); i < size; i++ {
		joined.Add(1)
		go func() {
			ran++ // one at a time: each is joined before the next starts
			joined.Done()
		}()
		joined.Wait()
	}
	return runOutcome{elapsed: time.Since(start), operations: size, expected: decimal(size), got: decimal(ran)}
}

func yield(size int64, _ *rand.Rand) runOutcome {
	var joined sync.WaitGroup
	var done [2]int64
	share := [2]int64{size / 2, size - size/2}
	joined.Add(2)
	start := time.Now()
	for side := range done {
		go func(side int) {
			yields := int64(0)
			for yields < share[side] {
				runtime.Gosched()
				yields++
			}
			done[side] = yields
			joined.Done()
		}(side)
	}
	joined.Wait()
	return runOutcome{elapsed: time.Since(start), operations: size, expected: decimal(size), got: decimal(done[0] + done[1])}
}

func pingPong(size int64, _ *rand.Rand) runOutcome {
	ping, pong := make(chan int64), make(chan int64)
	go func() {
		for value := range ping {
			pong <- value + 1
		}
		close(pong)
	}()
	sum := int64(0)
	start := time.Now()
	for i := int64(0); i < size; i++ {
		ping <- i
		sum += <-pong
	}
	elapsed := time.Since(start)
	close(ping)
	<-pong
	return runOutcome{elapsed: elapsed, operations: size, expected: decimal(size * (size + 1) / 2), got: decimal(sum)}
}

func buffered(size int64, _ *rand.Rand) runOutcome {
	items := make(chan int64, 128)
	start := time.Now()
	go func() {
		for i := int64(0); i < size; i++ {
			items <- i
		}
		close(items)
	}()
	received := int64(0)
	got := ""
	for value := range items {
		if value != received && got == "" {
			got = fmt.Sprintf("%d in place %d", value, received)
		}
		received++
	}
	if got == "" {
		got = decimal(received)
	}
	return runOutcome{elapsed: time.Since(start), operations: size, expected: decimal(size), got: got}
}

const ringLength = 1000

// ring times hops after one lap that starts every goroutine. The token counts down; its visits are counted where they happen.
func ring(size int64, _ *rand.Rand) runOutcome {
	var links [ringLength]chan int64
	for i := range links {
		links[i] = make(chan int64)
	}
	var visits [ringLength]int64 // each written by one goroutine, read after the token came home
	finished := make(chan struct{})
	for i := range links {
		go func(visited *int64, in, out chan int64) {
			for left := range in {
				*visited++
				if left == 1 {
					finished <- struct{}{}
				} else {
					out <- left - 1
				}
			}
		}(&visits[i], links[i], links[(i+1)%ringLength])
	}
	links[0] <- ringLength
	<-finished
	start := time.Now()
	links[0] <- size
	<-finished
	elapsed := time.Since(start)
	for i := range links {
		close(links[i])
	}
	hops := int64(-ringLength)
	for _, visited := range visits {
		hops += visited
	}
	return runOutcome{elapsed: elapsed, operations: size, expected: decimal(size), got: decimal(hops)}
}

func powerOfTen(size int64) error {
	for power := int64(1); power <= 10_000_000; power *= 10 {
		if size == power {
			return nil
		}
	}
	return fmt.Errorf("--size '%d' is not accepted by skynet: a power of ten from 1 to 10000000 is", size)
}

func skynetNode(result chan<- int64, first, leaves int64) {
	if leaves == 1 {
		result <- first
		return
	}
	children := make(chan int64)
	for i := int64(0); i < 10; i++ {
		go skynetNode(children, first+i*(leaves/10), leaves/10)
	}
	sum := int64(0)
	for i := 0; i < 10; i++ {
		sum += <-children
	}
	result <- sum
}

func skynet(size int64, _ *rand.Rand) runOutcome {
	result := make(chan int64)
	start := time.Now()
	go skynetNode(result, 0, size)
	sum := <-result
	return runOutcome{elapsed: time.Since(start), operations: 1, expected: decimal(size * (size - 1) / 2), got: decimal(sum)}
}
