// Package bench is the researcher's bench: the commands of n2n sim as a package. They run
// scenarios, one by one or in sweeps, with the protocols that they are given. A program of a user
// has the same commands for a protocol of its own:
//
//	func main() {
//		bench.Main(catalog.Kind{
//			Name: "template",
//			New:  catalog.From(template.DefaultConfig, template.New),
//		})
//	}
//
// The commands exit with 0 when all went well, 1 when something broke or diff found a metric that
// differs, 2 when they were called wrongly, and 130 when they were interrupted.
package bench
