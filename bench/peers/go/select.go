package main

import (
	"math/rand"
	"time"
)

// selectOf makes a select over so many channels, of which one is ready: the same one in each turn as in the C++ program.
func selectOf(count uint32, receive func(c *[8]chan int64) int64) func(size int64, random *rand.Rand) runOutcome {
	return func(size int64, _ *rand.Rand) runOutcome {
		var from [8]chan int64
		for i := range from {
			from[i] = make(chan int64, 1)
		}
		sum := int64(0)
		next := uint32(1)
		start := time.Now()
		for i := int64(0); i < size; i++ {
			next = next*1664525 + 1013904223
			from[(next>>16)%count] <- i
			sum += receive(&from)
		}
		elapsed := time.Since(start)
		return runOutcome{elapsed: elapsed, operations: size, expected: decimal(size * (size - 1) / 2), got: decimal(sum)}
	}
}

func receiveOf1(c *[8]chan int64) int64 {
	select {
	case v := <-c[0]:
		return v
	}
}

func receiveOf2(c *[8]chan int64) int64 {
	select {
	case v := <-c[0]:
		return v
	case v := <-c[1]:
		return v
	}
}

func receiveOf4(c *[8]chan int64) int64 {
	select {
	case v := <-c[0]:
		return v
	case v := <-c[1]:
		return v
	case v := <-c[2]:
		return v
	case v := <-c[3]:
		return v
	}
}

func receiveOf8(c *[8]chan int64) int64 {
	select {
	case v := <-c[0]:
		return v
	case v := <-c[1]:
		return v
	case v := <-c[2]:
		return v
	case v := <-c[3]:
		return v
	case v := <-c[4]:
		return v
	case v := <-c[5]:
		return v
	case v := <-c[6]:
		return v
	case v := <-c[7]:
		return v
	}
}

func selectPingPong(size int64, _ *rand.Rand) runOutcome {
	ping, pong, stop := make(chan int64), make(chan int64), make(chan int64)
	go func() {
		defer close(pong)
		for {
			var value int64
			select {
			case value = <-ping:
			case <-stop:
				return
			}
			select {
			case pong <- value + 1:
			case <-stop:
				return
			}
		}
	}()
	sum := int64(0)
	start := time.Now()
	for i := int64(0); i < size; i++ {
		select {
		case ping <- i:
		case <-stop:
		}
		select {
		case v := <-pong:
			sum += v
		case <-stop:
		}
	}
	elapsed := time.Since(start)
	close(stop)
	<-pong
	return runOutcome{elapsed: elapsed, operations: size, expected: decimal(size * (size + 1) / 2), got: decimal(sum)}
}
