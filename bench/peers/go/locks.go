package main

import (
	"fmt"
	"math/rand"
	"sync"
	"time"
)

const lockUsers = 4

// share is how many of size operations user g of lockUsers makes.
func share(size, g int64) int64 {
	if g < size%lockUsers {
		return size/lockUsers + 1
	}
	return size / lockUsers
}

func mutexUncontended(size int64, _ *rand.Rand) runOutcome {
	var m sync.Mutex
	guarded := int64(0)
	start := time.Now()
	for i := int64(0); i < size; i++ {
		m.Lock()
		guarded++
		m.Unlock()
	}
	return runOutcome{elapsed: time.Since(start), operations: size, expected: decimal(size), got: decimal(guarded)}
}

func mutexContended(size int64, _ *rand.Rand) runOutcome {
	var m sync.Mutex
	var ended sync.WaitGroup
	guarded := int64(0)
	ended.Add(lockUsers)
	start := time.Now()
	for g := int64(0); g < lockUsers; g++ {
		go func(share int64) {
			for i := int64(0); i < share; i++ {
				m.Lock()
				guarded++
				m.Unlock()
			}
			ended.Done()
		}(share(size, g))
	}
	ended.Wait()
	return runOutcome{elapsed: time.Since(start), operations: size, expected: decimal(size), got: decimal(guarded)}
}

func mutexHandOff(size int64, _ *rand.Rand) runOutcome {
	var ping, pong sync.Mutex
	var ended sync.WaitGroup
	token := int64(0) // whoever was woken last has it
	ping.Lock()
	pong.Lock()
	ended.Add(1)
	go func() {
		for i := int64(0); i < size; i++ {
			ping.Lock()
			token++
			pong.Unlock()
		}
		ended.Done()
	}()
	inTurn := int64(0)
	start := time.Now()
	for i := int64(0); i < size; i++ {
		ping.Unlock()
		pong.Lock()
		if token == i+1 {
			inTurn++
		}
	}
	elapsed := time.Since(start)
	ended.Wait()
	return runOutcome{elapsed: elapsed, operations: size, expected: decimal(size), got: decimal(inTurn)}
}

func waitGroupUncontended(size int64, _ *rand.Rand) runOutcome {
	var group sync.WaitGroup
	returned := int64(0)
	start := time.Now()
	for i := int64(0); i < size; i++ {
		group.Add(1)
		group.Done()
		group.Wait()
		returned++
	}
	return runOutcome{elapsed: time.Since(start), operations: size, expected: decimal(size), got: decimal(returned)}
}

const readsAWrite = 100

func rwMutexReadMostly(size int64, _ *rand.Rand) runOutcome {
	var m sync.RWMutex
	var ended sync.WaitGroup
	guarded := int64(0)
	var stepsBack [lockUsers]int64 // each written by one goroutine
	ended.Add(lockUsers)
	start := time.Now()
	for g := int64(0); g < lockUsers; g++ {
		go func(g, share int64) {
			newest := int64(0)
			for i := int64(0); i < share; i++ {
				if i%readsAWrite == 0 {
					m.Lock()
					guarded++
					newest = guarded
					m.Unlock()
				} else {
					m.RLock()
					if guarded < newest {
						stepsBack[g]++
					}
					newest = guarded
					m.RUnlock()
				}
			}
			ended.Done()
		}(g, share(size, g))
	}
	ended.Wait()
	elapsed := time.Since(start)
	writes, wrong := int64(0), int64(0)
	for g := int64(0); g < lockUsers; g++ {
		writes += (share(size, g) + readsAWrite - 1) / readsAWrite
		wrong += stepsBack[g]
	}
	return runOutcome{elapsed: elapsed, operations: size,
		expected: fmt.Sprintf("%d writes, 0 steps back", writes), got: fmt.Sprintf("%d writes, %d steps back", guarded, wrong)}
}
