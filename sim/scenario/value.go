package scenario

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/n2n-overlay/n2n/sim"
)

// value is a scalar as it was written, with its place.
type value struct {
	text  string
	place string
}

func (v value) expected(what string) error {
	return mistake(v.place, "expected %s, not %q", what, v.text)
}

func (v value) whole(into *int, least, most int) error {
	n, err := strconv.Atoi(v.text)
	if err != nil || n < least || n > most {
		if most == math.MaxInt {
			return v.expected("a whole number of at least " + strconv.Itoa(least))
		}
		return v.expected("a whole number from " + strconv.Itoa(least) + " to " + strconv.Itoa(most))
	}
	*into = n
	return nil
}

func (v value) number(into *float64, least float64) error {
	x, err := strconv.ParseFloat(v.text, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < least {
		if least == -math.MaxFloat64 {
			return v.expected("a number")
		}
		return v.expected("a number of at least " + strconv.FormatFloat(least, 'g', -1, 64))
	}
	*into = x
	return nil
}

func (v value) fraction(into *float64) error {
	x, err := strconv.ParseFloat(v.text, 64)
	if err != nil || !(x >= 0 && x <= 1) {
		return v.expected("a fraction from 0 to 1")
	}
	*into = x
	return nil
}

func (v value) duration(into *time.Duration) error {
	d, err := time.ParseDuration(v.text)
	if err != nil || d < 0 {
		return v.expected("a duration such as 500ms, 30s or 5m")
	}
	*into = d
	return nil
}

// span is a time: so long, or so many cycles.
type span struct {
	time   time.Duration
	cycles float64
}

func (s span) of(cycle time.Duration) time.Duration {
	return s.time + time.Duration(s.cycles*float64(cycle))
}

func (v value) span(into *span) error {
	if count, ok := strings.CutSuffix(strings.TrimSuffix(v.text, "s"), " cycle"); ok {
		if n, err := strconv.ParseFloat(count, 64); err == nil && n >= 0 && n <= 1e6 {
			*into = span{cycles: n}
			return nil
		}
	}
	var d time.Duration
	if v.duration(&d) != nil {
		return v.expected("a duration such as 30s, or a number of cycles such as 10 cycles")
	}
	*into = span{time: d}
	return nil
}

// latency reads 50ms, uniform 20ms 80ms, lognormal 50ms 0.5, lognormal 50ms 0.5 5ms.
func (v value) latency(into *sim.Latency) error {
	const what = "a latency such as 50ms, uniform 20ms 80ms, or lognormal 50ms 0.5"
	words := strings.Fields(v.text)
	var l sim.Latency
	var err error
	switch {
	case len(words) == 1:
		l.Kind = "constant"
		l.Mean, err = time.ParseDuration(words[0])
	case len(words) == 3 && words[0] == "uniform":
		l.Kind = words[0]
		if l.Min, err = time.ParseDuration(words[1]); err == nil {
			l.Max, err = time.ParseDuration(words[2])
		}
	case (len(words) == 3 || len(words) == 4) && words[0] == "lognormal":
		l.Kind = words[0]
		if l.Mean, err = time.ParseDuration(words[1]); err == nil {
			l.Sigma, err = strconv.ParseFloat(words[2], 64)
		}
		if err == nil && len(words) == 4 {
			l.Least, err = time.ParseDuration(words[3])
			if err == nil && (l.Least < time.Microsecond || l.Least >= l.Mean) {
				return v.expected(fmt.Sprintf("a floor of at least 1µs and below the median of %v", l.Mean))
			}
		}
	default:
		return v.expected(what)
	}
	if err == nil {
		err = sim.Network{Latency: l}.Validate()
	}
	if err != nil {
		return v.expected(what)
	}
	*into = l
	return nil
}
