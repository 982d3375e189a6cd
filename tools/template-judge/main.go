// Renders templates with Go's own text/template and sprig, to compare ours with.
//
// The first line of stdin is {"data": {…}}, each further line {"id", "template"}; stdout gets {"id", "result"} lines.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type row struct {
	ID       any    `json:"id"`
	Template string `json:"template"`
}

type answer struct {
	ID     any               `json:"id"`
	Result map[string]string `json:"result"`
}

func functions() template.FuncMap {
	table := sprig.TxtFuncMap()
	for _, name := range []string{"env", "expandenv", "getHostByName"} {
		delete(table, name)
	}
	guardSizes(table)
	return table
}

// What random templates may ask for, so that the judge does not fill the machine's memory.
const largest = 10_000

var errTooLarge = errors.New("too large for the judge")

// guardSizes refuses the few counts that would make Go allocate gigabytes.
func guardSizes(table template.FuncMap) {
	for _, name := range []string{"repeat", "indent", "nindent"} {
		plain := table[name].(func(int, string) string)
		table[name] = func(count int, text string) (string, error) {
			if count > largest || count*len(text) > 100*largest {
				return "", errTooLarge
			}
			return plain(count, text), nil
		}
	}
	until := table["until"].(func(int) []int)
	table["until"] = func(count int) ([]int, error) {
		if count > largest || count < -largest {
			return nil, errTooLarge
		}
		return until(count), nil
	}
	step := table["untilStep"].(func(int, int, int) []int)
	table["untilStep"] = func(start, stop, by int) ([]int, error) {
		if stop-start > largest || start-stop > largest {
			return nil, errTooLarge
		}
		return step(start, stop, by), nil
	}
	seq := table["seq"].(func(...int) string)
	table["seq"] = func(params ...int) (string, error) {
		for _, n := range params {
			if n > largest || n < -largest {
				return "", errTooLarge
			}
		}
		return seq(params...), nil
	}
}

func render(text string, data map[string]string) map[string]string {
	parsed, err := template.New("k").Option("missingkey=error").Funcs(functions()).Parse(text)
	if err != nil {
		return map[string]string{"err": err.Error()}
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, data); err != nil {
		return map[string]string{"err": err.Error()}
	}
	return map[string]string{"out": out.String()}
}

// Go's templates know no bounds: one `indent 123456789` in a loop would take the whole machine's memory.
const memoryLimit = 4 << 30

func main() {
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: memoryLimit, Max: memoryLimit}); err != nil {
		fmt.Fprintln(os.Stderr, "cannot bound my memory:", err)
		os.Exit(2)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	var head struct {
		Data map[string]string `json:"data"`
	}
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil {
		fmt.Fprintln(os.Stderr, "the first line must be {\"data\": {…}}")
		os.Exit(2)
	}
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for lines.Scan() {
		var asked row
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if err := answers.Encode(answer{asked.ID, render(asked.Template, head.Data)}); err != nil {
			os.Exit(1)
		}
	}
}
