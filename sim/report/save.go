package report

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"github.com/n2n-overlay/n2n/sim/scenario"
)

// The files that Save writes.
const (
	ResultFile  = "result.json"
	SeriesFile  = "series.csv"
	GraphMLFile = "overlay.graphml"
	DOTFile     = "overlay.dot"
	PNGFile     = "series.png"
	SVGFile     = "series.svg"
)

// JSON writes a result as one object with a line break.
func JSON(w io.Writer, r scenario.Result) error {
	if r.Series == nil {
		r.Series = []scenario.Row{}
	}
	if r.Metrics == nil {
		r.Metrics = scenario.Metrics{}
	}
	return json.NewEncoder(w).Encode(r)
}

// Save writes the whole result into files of a directory. It makes the directory if
// there is none.
func Save(dir string, r scenario.Result) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	files := []struct {
		name  string
		write func(io.Writer) error
	}{
		{ResultFile, func(w io.Writer) error { return JSON(w, r) }},
		{SeriesFile, func(w io.Writer) error { return CSV(w, r.Series) }},
		{GraphMLFile, func(w io.Writer) error { return GraphML(w, r.Overlay) }},
		{DOTFile, func(w io.Writer) error { return DOT(w, r.Overlay) }},
		{PNGFile, func(w io.Writer) error { return PNG(w, r) }},
		{SVGFile, func(w io.Writer) error { return SVG(w, r) }},
	}
	for _, f := range files {
		if err := save(filepath.Join(dir, f.name), f.write); err != nil {
			return err
		}
	}
	return nil
}

func save(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
