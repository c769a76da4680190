// The seed programs in Go, under the names of their twins in C++: what expected.txt says must be what Go does.
//
//	stealyard-programs-go NAME
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

func hello() {
	done := make(chan bool)
	go func() {
		fmt.Println("hello from a goroutine")
		done <- true
	}()
	<-done
	fmt.Println("hello from main")
}

func unbufferedHandOff() {
	there, back := make(chan int), make(chan int)
	written := 0
	go func() {
		for x := range there {
			written += x
			back <- x * x
		}
		close(back)
	}()
	for i := 1; i <= 5; i++ {
		there <- i
		fmt.Printf("%d squared is %d\n", i, <-back)
		written *= 2
	}
	close(there)
	last, open := <-back
	fmt.Printf("written %d, then %d %s\n", written, last, map[bool]string{true: "open", false: "closed"}[open])
}

func bufferedHandOff() {
	c := make(chan int, 3)
	for i := 1; i <= 3; i++ {
		c <- i
	}
	fmt.Printf("len %d cap %d\n", len(c), cap(c))
	sent := make(chan bool)
	go func() {
		c <- 4
		sent <- true
	}()
	for i := 1; i <= 4; i++ {
		fmt.Printf("received %d\n", <-c)
	}
	<-sent
	fmt.Printf("len %d cap %d\n", len(c), cap(c))
}

func twoWorkers() {
	var group sync.WaitGroup
	var report [2]string
	for i := 0; i != 2; i++ {
		group.Add(1)
		go func(i int) {
			time.Sleep(time.Millisecond * time.Duration(2-i))
			report[i] = "done"
			group.Done()
		}(i)
	}
	group.Wait()
	for i := 0; i != 2; i++ {
		fmt.Printf("worker %d %s\n", i, report[i])
	}
}

func guardedCounter() {
	var m sync.Mutex
	counter := 0
	var group sync.WaitGroup
	for i := 0; i != 10; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for k := 0; k != 100; k++ {
				m.Lock()
				counter++
				m.Unlock()
			}
		}()
	}
	group.Wait()
	fmt.Println(counter)
}

func producerConsumer() {
	c := make(chan int, 4)
	go func() {
		for i := 0; i != 100; i++ {
			c <- i
		}
		close(c)
	}()
	received, sum := 0, 0
	for x := range c {
		if x != received {
			fmt.Printf("%d out of order\n", x)
		}
		received++
		sum += x
	}
	fmt.Printf("received %d, sum %d\n", received, sum)
}

func mainReturns() {
	go func() {
		<-make(chan int)
		fmt.Println("never said")
	}()
	go func() {
		for {
			runtime.Gosched()
		}
	}()
	runtime.Gosched()
	fmt.Println("main returns")
}

func exitStatus() {
	fmt.Println("status 3")
	os.Exit(3)
}

func fanIn() {
	produce := func(first int) chan int {
		c := make(chan int)
		go func() {
			for i := 0; i != 50; i++ {
				c <- first + i
			}
			close(c)
		}()
		return c
	}
	low, high := produce(0), produce(100)
	nextLow, nextHigh := 0, 100
	for low != nil || high != nil {
		select {
		case x, open := <-low:
			if !open {
				low = nil
				break
			}
			if x != nextLow {
				fmt.Printf("%d out of order\n", x)
			}
			nextLow++
		case x, open := <-high:
			if !open {
				high = nil
				break
			}
			if x != nextHigh {
				fmt.Printf("%d out of order\n", x)
			}
			nextHigh++
		}
	}
	fmt.Printf("up to %d and %d\n", nextLow, nextHigh)
}

func workerPool() {
	const count = 30
	jobs, results := make(chan int, count), make(chan int, count)
	var group sync.WaitGroup
	for i := 0; i != 3; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for job := range jobs {
				results <- job * job
			}
		}()
	}
	for i := 1; i <= count; i++ {
		jobs <- i
	}
	close(jobs)
	group.Wait()
	close(results)
	received, sum := 0, 0
	for x := range results {
		received++
		sum += x
	}
	fmt.Printf("%d results, sum %d\n", received, sum)
}

func pipeline() {
	numbers, squares := make(chan int), make(chan int)
	go func() {
		for i := 1; i <= 10; i++ {
			numbers <- i
		}
		close(numbers)
	}()
	go func() {
		for x := range numbers {
			squares <- x * x
		}
		close(squares)
	}()
	for x := range squares {
		fmt.Println(x)
	}
}

func primeSieve() {
	source := make(chan int)
	go func(c chan int) {
		for i := 2; ; i++ {
			c <- i
		}
	}(source)
	for i := 0; i != 25; i++ {
		prime := <-source
		fmt.Println(prime)
		filtered := make(chan int)
		go func(in, out chan int) {
			for {
				if x := <-in; x%prime != 0 {
					out <- x
				}
			}
		}(source, filtered)
		source = filtered
	}
}

type rational struct{ over, under int64 }

func gcd(a, b int64) int64 {
	if a < 0 {
		a = -a
	}
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
func made(over, under int64) rational {
	if c := gcd(over, under); c != 0 {
		return rational{over / c, under / c}
	}
	return rational{0, 1}
}
func (a rational) plus(b rational) rational {
	return made(a.over*b.under+b.over*a.under, a.under*b.under)
}
func (a rational) times(b rational) rational { return made(a.over*b.over, a.under*b.under) }

type series chan rational

func split(in, one, other series) {
	go func() {
		var forOne, forOther []rational
		for {
			from, toOne, toOther := in, one, other
			var firstOne, firstOther rational
			if len(forOne) != 0 && len(forOther) != 0 {
				from = nil
			}
			if len(forOne) == 0 {
				toOne = nil
			} else {
				firstOne = forOne[0]
			}
			if len(forOther) == 0 {
				toOther = nil
			} else {
				firstOther = forOther[0]
			}
			select {
			case x := <-from:
				forOne, forOther = append(forOne, x), append(forOther, x)
			case toOne <- firstOne:
				forOne = forOne[1:]
			case toOther <- firstOther:
				forOther = forOther[1:]
			}
		}
	}()
}

func multiply(left, right series) series {
	product := make(series)
	go func() {
		f, g := <-left, <-right
		product <- f.times(g)
		fScaled, fRest, gScaled, gRest := make(series), make(series), make(series), make(series)
		split(left, fScaled, fRest)
		split(right, gScaled, gRest)
		product <- f.times(<-gScaled).plus(g.times(<-fScaled))
		rest := multiply(fRest, gRest)
		for {
			product <- f.times(<-gScaled).plus(g.times(<-fScaled)).plus(<-rest)
		}
	}()
	return product
}

func integrate(in series) series {
	out := make(series)
	go func() {
		out <- rational{0, 1}
		for n := int64(1); ; n++ {
			out <- (<-in).times(rational{1, n})
		}
	}()
	return out
}

func powerSeries() {
	derivative := make(series)
	tangent := integrate(derivative)
	seen, fedBack, left, right := make(series), make(series), make(series), make(series)
	split(tangent, seen, fedBack)
	split(fedBack, left, right)
	square := multiply(left, right)
	const terms = 10
	go func() {
		derivative <- rational{1, 1}.plus(<-square)
		for n := 1; n != terms; n++ {
			derivative <- <-square
		}
	}()
	for n := 0; n != terms; n++ {
		c := <-seen
		fmt.Printf("x^%d %d/%d\n", n, c.over, c.under)
	}
}

func ringOf1000() {
	const size, laps = 1000, 5
	first := make(chan int)
	before := first
	for i := 1; i != size; i++ {
		next := make(chan int)
		go func(before chan int) {
			for x := range before {
				next <- x + 1
			}
			close(next)
		}(before)
		before = next
	}
	token := 0
	for i := 0; i != laps; i++ {
		go func(token int) { first <- token }(token)
		token = <-before + 1
	}
	close(first)
	_, open := <-before
	fmt.Printf("token %d, ring %s\n", token, map[bool]string{true: "open", false: "closed"}[open])
}

func semaphoreByChannel() {
	slots := make(chan bool, 3)
	var inside, most, ran int32
	var group sync.WaitGroup
	for i := 0; i != 20; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			slots <- true
			now := atomic.AddInt32(&inside, 1)
			for seen := atomic.LoadInt32(&most); now > seen && !atomic.CompareAndSwapInt32(&most, seen, now); seen = atomic.LoadInt32(&most) {
			}
			runtime.Gosched()
			atomic.AddInt32(&ran, 1)
			atomic.AddInt32(&inside, -1)
			<-slots
		}()
	}
	group.Wait()
	verdict := "too many at once"
	if most <= 3 {
		verdict = "never more than 3"
	}
	fmt.Printf("%d ran, %s\n", ran, verdict)
}

func timeouts() {
	answer := make(chan string)
	select {
	case text := <-answer:
		fmt.Println(text)
	case <-time.After(2 * time.Millisecond):
		fmt.Println("timeout")
	}
	go func() { answer <- "answer" }()
	select {
	case text := <-answer:
		fmt.Println(text)
	case <-time.After(10 * time.Minute):
		fmt.Println("timeout")
	}
}

func cancellation() {
	ctx, cancel := context.WithCancel(context.Background())
	work := make(chan int)
	var group sync.WaitGroup
	var stopped int32
	for i := 0; i != 4; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for goesOn := true; goesOn; {
				select {
				case <-work:
				case <-ctx.Done():
					goesOn = false
				}
			}
			atomic.AddInt32(&stopped, 1)
		}()
	}
	for i := 0; i != 20; i++ {
		work <- i
	}
	cancel()
	group.Wait()
	fmt.Printf("%d stopped: %v\n", stopped, ctx.Err())

	brief, stop := context.WithTimeout(context.Background(), time.Millisecond)
	<-brief.Done()
	fmt.Println(brief.Err())
	stop()
}

type request struct {
	key    string
	answer chan int
}

func concurrentServer() {
	requests := make(chan request)
	ended := make(chan bool)
	go func() {
		count := map[string]int{}
		for r := range requests {
			count[r.key]++
			go func(r request, now int) { r.answer <- now }(r, count[r.key])
		}
		for _, key := range []string{"even", "odd"} {
			fmt.Println(key, count[key])
		}
		ended <- true
	}()
	var clients sync.WaitGroup
	for i := 0; i != 8; i++ {
		clients.Add(1)
		go func(i int) {
			defer clients.Done()
			key := []string{"even", "odd"}[i%2]
			last := 0
			for k := 0; k != 25; k++ {
				answer := make(chan int)
				requests <- request{key, answer}
				now := <-answer
				if now <= last {
					fmt.Printf("answer %d after %d\n", now, last)
				}
				last = now
			}
		}(i)
	}
	clients.Wait()
	close(requests)
	<-ended
}

func deadlock() {
	c := make(chan int)
	go func() { c <- 1 }()
	fmt.Println("one is received")
	<-c
	<-c
}

func deadlockInSelect() {
	c, d := make(chan int), make(chan int)
	go func() {
		select {
		case c <- 1:
		case <-d:
		}
	}()
	fmt.Println("nobody comes")
	e := make(chan int)
	select {
	case <-e:
	case e <- 2:
	}
}

func sendOnClosed() {
	c := make(chan int, 1)
	close(c)
	fmt.Println("closed")
	c <- 1
}

func sendWhileClosed() {
	c := make(chan int)
	there := make(chan bool)
	go func() {
		fmt.Println("waits")
		there <- true
		c <- 1
	}()
	<-there
	runtime.Gosched()
	close(c)
	<-make(chan int)
}

func closeOfNil() {
	fmt.Println("nil")
	var c chan int
	close(c)
}

func closeOfClosed() {
	c := make(chan int)
	close(c)
	fmt.Println("once")
	close(c)
}

func impossibleSize() {
	fmt.Println("minus one")
	size := -1
	_ = make(chan int, size)
}

func panicInGoroutine() {
	fmt.Println("main waits")
	go func() { panic("boom") }()
	<-make(chan int)
}

func negativeWaitGroup() {
	var group sync.WaitGroup
	fmt.Println("done without add")
	group.Done()
}

func unlockOfUnlocked() {
	var m sync.Mutex
	fmt.Println("not locked")
	m.Unlock()
}

func goexitFromMain() {
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		defer group.Done()
		fmt.Println("the other one ends")
	}()
	group.Wait()
	runtime.Goexit()
}

func main() {
	programs := map[string]func(){
		"hello": hello, "unbuffered_hand_off": unbufferedHandOff, "buffered_hand_off": bufferedHandOff, "two_workers": twoWorkers,
		"guarded_counter": guardedCounter, "producer_consumer": producerConsumer, "main_returns": mainReturns, "exit_status": exitStatus,
		"fan_in": fanIn, "worker_pool": workerPool, "pipeline": pipeline, "prime_sieve": primeSieve, "power_series": powerSeries,
		"ring_of_1000": ringOf1000, "semaphore_by_channel": semaphoreByChannel, "timeouts": timeouts, "cancellation": cancellation,
		"concurrent_server": concurrentServer, "deadlock": deadlock, "deadlock_in_select": deadlockInSelect, "send_on_closed": sendOnClosed,
		"send_while_closed": sendWhileClosed, "close_of_nil": closeOfNil, "close_of_closed": closeOfClosed, "impossible_size": impossibleSize,
		"panic_in_goroutine": panicInGoroutine, "negative_wait_group": negativeWaitGroup, "unlock_of_unlocked": unlockOfUnlocked,
		"goexit_from_main": goexitFromMain,
	}
	if len(os.Args) == 2 {
		if program, known := programs[os.Args[1]]; known {
			program()
			return
		}
	}
	fmt.Fprintln(os.Stderr, "stealyard-programs-go: one name of a seed program is accepted")
	os.Exit(64)
}
