package main

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand"
	"sync"
	"sync/atomic"
	"time"
)

// The larger programs, as bench/workloads has them for Stealyard.

// tally: what went in must come out exactly once, whatever the order.
type tally struct{ count, sum, squares uint64 }

func (t *tally) add(value int64) {
	t.count++
	t.sum += uint64(value)
	t.squares += uint64(value) * uint64(value)
}

func (t *tally) merge(other tally) {
	t.count += other.count
	t.sum += other.sum
	t.squares += other.squares
}

func (t tally) text() string {
	return fmt.Sprintf("%d items, sum %d, of squares %d", t.count, t.sum, t.squares)
}

// nthPrime is what the sieve must say, by trial division.
func nthPrime(n int64) int64 {
	var primes []int64
	for candidate := int64(2); int64(len(primes)) != n; candidate++ {
		prime := true
		for _, p := range primes {
			if p*p > candidate {
				break
			}
			if candidate%p == 0 {
				prime = false
				break
			}
		}
		if prime {
			primes = append(primes, candidate)
		}
	}
	return primes[len(primes)-1]
}

// primeSieve: the numbers end at the prime asked for, so that every filter ends too.
func primeSieve(size int64, _ *rand.Rand) runOutcome {
	last := nthPrime(size)
	start := time.Now()
	numbers := make(chan int64)
	go func() {
		for i := int64(2); i <= last; i++ {
			numbers <- i
		}
		close(numbers)
	}()
	var found, largest int64
	for in := numbers; ; {
		prime, open := <-in
		if !open {
			break
		}
		found++
		largest = prime
		out := make(chan int64)
		go func(in <-chan int64, out chan<- int64) {
			for i := range in {
				if i%prime != 0 {
					out <- i
				}
			}
			close(out)
		}(in, out)
		in = out
	}
	text := func(count, largest int64) string { return fmt.Sprintf("%d primes up to %d", count, largest) }
	return runOutcome{elapsed: time.Since(start), operations: 1, expected: text(size, last), got: text(found, largest)}
}

func fib(n int64) int64 {
	if n < 2 {
		return n
	}
	var left int64
	var joined sync.WaitGroup
	joined.Add(1)
	go func() {
		left = fib(n - 1)
		joined.Done()
	}()
	right := fib(n - 2)
	joined.Wait()
	return left + right
}

func forkJoinFib(size int64, _ *rand.Rand) runOutcome {
	expected, next := int64(0), int64(1)
	for i := int64(0); i != size; i++ {
		expected, next = next, expected+next
	}
	forks := next - 1 // calls with n >= 2: fib(n + 1) - 1
	if forks < 1 {
		forks = 1
	}
	start := time.Now()
	got := fib(size)
	return runOutcome{elapsed: time.Since(start), operations: forks, expected: decimal(expected), got: decimal(got)}
}

const parallelRows = 4

// board holds the attacked columns of the next row, and what its diagonals bring, a bit a column.
type board struct{ columns, left, right uint32 }

func (b board) with(queen uint32) board {
	return board{b.columns | queen, (b.left | queen) << 1, (b.right | queen) >> 1}
}
func (b board) free(all uint32) uint32 { return all &^ (b.columns | b.left | b.right) }

func countQueens(b board, all uint32) int64 {
	if b.columns == all {
		return 1
	}
	found := int64(0)
	for open := b.free(all); open != 0; open &= open - 1 {
		found += countQueens(b.with(open&-open), all)
	}
	return found
}

func countQueensInParallel(b board, all uint32, row int) int64 {
	if row == parallelRows || b.columns == all {
		return countQueens(b, all)
	}
	var found [32]int64
	var joined sync.WaitGroup
	children := 0
	for open := b.free(all); open != 0; open &= open - 1 {
		joined.Add(1)
		go func(into *int64, next board) {
			*into = countQueensInParallel(next, all, row+1)
			joined.Done()
		}(&found[children], b.with(open&-open))
		children++
	}
	joined.Wait()
	sum := int64(0)
	for _, one := range found {
		sum += one
	}
	return sum
}

// OEIS A000170
var queenSolutions = []int64{0, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680, 14200, 73712, 365596, 2279184, 14772512}

func nQueens(size int64, _ *rand.Rand) runOutcome {
	start := time.Now()
	got := countQueensInParallel(board{}, uint32(1)<<size-1, 0)
	return runOutcome{elapsed: time.Since(start), operations: 1, expected: decimal(queenSolutions[size]), got: decimal(got)}
}

const (
	mandelbrotWorkers = 8
	mostSteps         = 200
)

type rowSum struct{ number, steps int64 }

func stepsInRow(y, side int64) int64 {
	total := int64(0)
	ci := 2.0*float64(y)/float64(side) - 1.0
	for x := int64(0); x != side; x++ {
		cr := 2.0*float64(x)/float64(side) - 1.5
		zr, zi := 0.0, 0.0
		steps := int64(0)
		for ; steps != mostSteps && zr*zr+zi*zi <= 4; steps++ {
			zr, zi = zr*zr-zi*zi+cr, 2*zr*zi+ci
		}
		total += steps
	}
	return total
}

func mandelbrot(size int64, _ *rand.Rand) runOutcome {
	expected := int64(0)
	for y := int64(0); y != size; y++ {
		expected += (y + 1) * stepsInRow(y, size)
	}
	start := time.Now()
	rows := make(chan int64, mandelbrotWorkers)
	done := make(chan rowSum, mandelbrotWorkers)
	go func() {
		for y := int64(0); y != size; y++ {
			rows <- y
		}
		close(rows)
	}()
	for w := 0; w != mandelbrotWorkers; w++ {
		go func() {
			for y := range rows {
				done <- rowSum{y, stepsInRow(y, size)}
			}
		}()
	}
	got := int64(0)
	for y := int64(0); y != size; y++ {
		one := <-done
		got += (one.number + 1) * one.steps
	}
	return runOutcome{elapsed: time.Since(start), operations: size, expected: decimal(expected), got: decimal(got)}
}

func fanInOut(size int64, _ *rand.Rand) runOutcome {
	const workers, places = 8, 16
	start := time.Now()
	out, in := make(chan int64, places), make(chan int64, places)
	go func() {
		for i := int64(0); i != size; i++ {
			out <- i
		}
		close(out)
	}()
	for w := 0; w != workers; w++ {
		go func() {
			for item := range out {
				in <- item + 1
			}
		}()
	}
	var got, expected tally
	for i := int64(0); i != size; i++ {
		got.add(<-in)
	}
	elapsed := time.Since(start)
	for i := int64(0); i != size; i++ {
		expected.add(i + 1)
	}
	return runOutcome{elapsed: elapsed, operations: size, expected: expected.text(), got: got.text()}
}

func crowd(size int64, _ *rand.Rand) runOutcome {
	const people = 64
	var received [people]struct {
		tally
		_ [128]byte // lines of their own
	}
	start := time.Now()
	items := make(chan int64, people)
	var sent, ended sync.WaitGroup
	sent.Add(people)
	ended.Add(people)
	for me := 0; me != people; me++ {
		go func(me int) {
			for i := int64(me); i < size; i += people {
				items <- i
			}
			sent.Done()
		}(me)
		go func(mine *tally) {
			for item := range items {
				mine.add(item)
			}
			ended.Done()
		}(&received[me].tally)
	}
	sent.Wait()
	close(items)
	ended.Wait()
	elapsed := time.Since(start)
	var got, expected tally
	for i := int64(0); i != size; i++ {
		expected.add(i)
	}
	for me := range received {
		got.merge(received[me].tally)
	}
	return runOutcome{elapsed: elapsed, operations: size, expected: expected.text(), got: got.text()}
}

// treeState is a node of the search: SHA-1 of its parent's and its number. The hash is written out as in the C++ workload (Go's own has
// special instructions), so that it costs both the same.
type treeState [5]uint32

func sha1OneBlock(message []uint32) treeState {
	var w [80]uint32
	n := copy(w[:], message)
	w[n] = 0x80000000
	w[15] = uint32(n * 32)
	for i := 16; i != 80; i++ {
		w[i] = bits.RotateLeft32(w[i-3]^w[i-8]^w[i-14]^w[i-16], 1)
	}
	start := treeState{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}
	a, b, c, d, e := start[0], start[1], start[2], start[3], start[4]
	for i := range w {
		var f uint32
		switch {
		case i < 20:
			f = ((b & c) | (^b & d)) + 0x5a827999
		case i < 40:
			f = (b ^ c ^ d) + 0x6ed9eba1
		case i < 60:
			f = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc
		default:
			f = (b ^ c ^ d) + 0xca62c1d6
		}
		a, b, c, d, e = bits.RotateLeft32(a, 5)+f+e+w[i], a, bits.RotateLeft32(b, 30), c, d
	}
	return treeState{start[0] + a, start[1] + b, start[2] + c, start[3] + d, start[4] + e}
}

func (node treeState) child(number uint32) treeState {
	return sha1OneBlock([]uint32{node[0], node[1], node[2], node[3], node[4], number})
}

func (node treeState) children(depth, limit int64) int {
	const branching, mostChildren = 4.0, 100
	if depth >= limit {
		return 0
	}
	u := float64(node[4]&0x7fffffff) / 2147483648.0
	drawn := math.Floor(math.Log(1-u) / math.Log(1-1/(1+branching)))
	return int(math.Min(drawn, mostChildren))
}

func countTree(node treeState, depth, limit int64) int64 {
	nodes := int64(1)
	for i, n := 0, node.children(depth, limit); i != n; i++ {
		nodes += countTree(node.child(uint32(i)), depth+1, limit)
	}
	return nodes
}

type search struct {
	visited [64]struct {
		nodes int64
		_     [120]byte
	}
	left  sync.WaitGroup
	limit int64
}

func (s *search) visit(node treeState, depth int64) {
	atomic.AddInt64(&s.visited[node[0]%64].nodes, 1)
	n := node.children(depth, s.limit)
	if n != 0 {
		s.left.Add(n)
	}
	for i := 0; i != n; i++ {
		go s.visit(node.child(uint32(i)), depth+1)
	}
	s.left.Done()
}

func treeSearch(size int64, _ *rand.Rand) runOutcome {
	const seed, publishedLimit, publishedNodes = 19, 10, 4_130_071
	root := sha1OneBlock([]uint32{0, 0, 0, 0, seed})
	expected := int64(publishedNodes)
	if size != publishedLimit {
		expected = countTree(root, 0, size)
	}
	s := &search{limit: size}
	s.left.Add(1)
	start := time.Now()
	s.visit(root, 0)
	s.left.Wait()
	elapsed := time.Since(start)
	got := int64(0)
	for i := range s.visited {
		got += s.visited[i].nodes
	}
	return runOutcome{elapsed: elapsed, operations: expected, expected: decimal(expected), got: decimal(got)}
}
