// Package metric has the interfaces by which the actor system would measure. No
// type implements them.
package metric

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
)

// Option is an option of any instrument or measurement.
type Option struct{}

// WithDescription returns an empty Option.
func WithDescription(string) Option { return Option{} }

// WithUnit returns an empty Option.
func WithUnit(string) Option { return Option{} }

// WithAttributes returns an empty Option.
func WithAttributes(...attribute.KeyValue) Option { return Option{} }

// MeterProvider makes meters.
type MeterProvider interface {
	Meter(name string, options ...Option) Meter
}

// Meter makes instruments.
type Meter interface {
	Int64Counter(name string, options ...Option) (Int64Counter, error)
	Int64Histogram(name string, options ...Option) (Int64Histogram, error)
	Float64Histogram(name string, options ...Option) (Float64Histogram, error)
	Int64ObservableGauge(name string, options ...Option) (Int64ObservableGauge, error)
	RegisterCallback(f func(context.Context, Observer) error, instruments ...Int64ObservableGauge) (any, error)
}

// Int64Counter counts.
type Int64Counter interface {
	Add(ctx context.Context, n int64, options ...Option)
}

// Int64Histogram is a distribution of integers.
type Int64Histogram interface {
	Record(ctx context.Context, n int64, options ...Option)
}

// Float64Histogram is a distribution of numbers.
type Float64Histogram interface {
	Record(ctx context.Context, x float64, options ...Option)
}

// Int64ObservableGauge is read when it is asked for.
type Int64ObservableGauge interface {
	Gauge()
}

// Observer takes what gauges show.
type Observer interface {
	ObserveInt64(gauge Int64ObservableGauge, n int64, options ...Option)
}
