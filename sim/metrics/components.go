package metrics

// WeakComponents returns the number of parts of the overlay when the direction of
// arcs is ignored, and the fraction of the peers in the largest part. Without peers
// it returns 0 and 0.
func (g *Graph) WeakComponents() (parts int, largest float64) {
	if g.Peers() == 0 {
		return 0, 0
	}
	root := make([]int32, g.Peers())
	for i := range root {
		root[i] = int32(i)
	}
	find := func(i int32) int32 {
		for root[i] != i {
			root[i] = root[root[i]]
			i = root[i]
		}
		return i
	}
	for i := range int32(g.Peers()) {
		for _, to := range g.out(i) {
			root[find(to)] = find(i)
		}
	}
	size := make([]int, g.Peers())
	most := 0
	for i := range int32(g.Peers()) {
		r := find(i)
		if size[r] == 0 {
			parts++
		}
		size[r]++
		most = max(most, size[r])
	}
	return parts, float64(most) / float64(g.Peers())
}

// StrongComponents returns the number of parts of the overlay when arcs are
// followed in their direction: within a part, each peer reaches each other one. It
// is Tarjan's algorithm, in linear time and without recursion.
func (g *Graph) StrongComponents() int {
	t := tarjan{
		graph: g, number: make([]int32, g.Peers()), low: make([]int32, g.Peers()),
		next: make([]int32, g.Peers()), onStack: make([]bool, g.Peers()),
	}
	for i := range int32(g.Peers()) {
		if t.number[i] == 0 {
			t.visit(i)
		}
	}
	return t.parts
}

type tarjan struct {
	graph   *Graph
	number  []int32 // the order of visits, from 1
	low     []int32 // the lowest number known to be reachable in the part
	next    []int32 // how many arcs were followed
	onStack []bool
	stack   []int32 // peers whose part is not known yet
	path    []int32 // from the root to the current peer
	visited int32
	parts   int
}

func (t *tarjan) enter(i int32) {
	t.visited++
	t.number[i], t.low[i] = t.visited, t.visited
	t.stack = append(t.stack, i)
	t.onStack[i] = true
	t.path = append(t.path, i)
}

func (t *tarjan) visit(root int32) {
	t.enter(root)
	for len(t.path) > 0 {
		i := t.path[len(t.path)-1]
		if arcs := t.graph.out(i); int(t.next[i]) < len(arcs) {
			to := arcs[t.next[i]]
			t.next[i]++
			switch {
			case t.number[to] == 0:
				t.enter(to)
			case t.onStack[to]:
				t.low[i] = min(t.low[i], t.number[to])
			}
			continue
		}
		t.path = t.path[:len(t.path)-1]
		if len(t.path) > 0 {
			parent := t.path[len(t.path)-1]
			t.low[parent] = min(t.low[parent], t.low[i])
		}
		if t.low[i] == t.number[i] {
			t.leave(i)
		}
	}
}

// leave takes the part that began at i off the stack.
func (t *tarjan) leave(i int32) {
	t.parts++
	for {
		top := t.stack[len(t.stack)-1]
		t.stack = t.stack[:len(t.stack)-1]
		t.onStack[top] = false
		if top == i {
			return
		}
	}
}
