package main

import (
	"bufio"
	"fmt"
	"math/rand"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// memory of the process, in bytes.
type memory struct{ rss, pss, pageTables float64 }

// procField reads a field of /proc/self/FILE, which is in kB.
func procField(file, name string) float64 {
	opened, err := os.Open("/proc/self/" + file)
	if err != nil {
		return 0
	}
	defer opened.Close()
	for lines := bufio.NewScanner(opened); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), name) {
			var kilobytes float64
			fmt.Sscan(strings.TrimPrefix(lines.Text(), name), &kilobytes)
			return kilobytes * 1024
		}
	}
	return 0
}

func memoryNow() memory {
	return memory{procField("smaps_rollup", "Rss:"), procField("smaps_rollup", "Pss:"), procField("status", "VmPTE:")}
}

func parkedWarm(size int64, _ *rand.Rand) runOutcome { return parked(size, false) }
func parkedCold(size int64, _ *rand.Rand) runOutcome { return parked(size, true) }

// firstPageTables is from before the first run: the kernel keeps the tables of memory that was given back.
var firstPageTables float64 = -1

// parked times the creation of goroutines that begin and wait: from the first go until the last has begun.
func parked(size int64, cold bool) runOutcome {
	if cold {
		debug.FreeOSMemory()
	}
	gate := make(chan int)
	var begun, ended sync.WaitGroup
	var sum int64
	begun.Add(int(size))
	ended.Add(int(size))
	before := memoryNow()
	if firstPageTables < 0 {
		firstPageTables = before.pageTables
	}
	start := time.Now()
	for i := int64(0); i < size; i++ {
		go func(i int64) {
			begun.Done()
			<-gate
			atomic.AddInt64(&sum, i)
			ended.Done()
		}(i)
	}
	begun.Wait()
	elapsed := time.Since(start)
	after := memoryNow()
	close(gate)
	ended.Wait()
	outcome := runOutcome{elapsed: elapsed, operations: size, expected: decimal(size * (size - 1) / 2), got: decimal(sum)}
	if cold {
		each := func(before, after float64) float64 { return (after - before) / float64(size) }
		outcome.metrics = map[string]float64{"rss_bytes_each": each(before.rss, after.rss), "pss_bytes_each": each(before.pss, after.pss),
			"page_table_bytes_each": each(firstPageTables, after.pageTables)}
	}
	return outcome
}
