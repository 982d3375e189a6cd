// Renders templates with the engine of the External Secrets Operator itself, to compare ours with.
//
// The first line of stdin is {"data": {key: base64}}, each further line {"id", "template"}; stdout gets a line {"id", "result"} for
// each: {"out": text}, {"bytes": base64} where the result is not UTF-8, or {"err": text}.
// Called as `template-judge functions` it prints the names its engine knows.
package main

import (
	"bufio"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // The zones of the machine it runs on may be none.
	"unicode/utf8"

	esapi "github.com/external-secrets/external-secrets/apis/externalsecrets/v1"
	engine "github.com/external-secrets/external-secrets/pkg/template/v2"
	"github.com/huandu/xstrings"
	corev1 "k8s.io/api/core/v1"
)

type row struct {
	ID       any    `json:"id"`
	Template string `json:"template"`
}

type answer struct {
	ID     any               `json:"id"`
	Result map[string]string `json:"result"`
}

// What random templates may ask for, so that the judge does not fill the machine's memory.
const (
	largest     = 10_000
	largestText = 1 << 20
)

var errTooLarge = errors.New("too large for the judge")

// guardSizes refuses the few counts that would make Go allocate gigabytes.
func guardSizes() {
	table := engine.FuncMap()
	for _, name := range []string{"repeat", "indent", "nindent"} {
		plain := table[name].(func(int, string) string)
		table[name] = func(count int, text string) (string, error) {
			if count > largest || count*len(text) > largestText {
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

// bringUpToDate gives the engine what releases after the pinned one changed: two functions more, a third argument of
// htpasswd (which we let people leave out as before), and camelcase, which a dependency had turned into another function, as it was meant.
func bringUpToDate() {
	table := engine.FuncMap()
	bcrypt := table["bcrypt"].(func(string) string)
	table["htpasswd"] = func(user, password string, algorithm ...string) (string, error) {
		if len(algorithm) > 1 {
			return "", errors.New("too many arguments")
		}
		if strings.Contains(user, ":") {
			return "invalid username: " + user, nil
		}
		if len(algorithm) == 0 || algorithm[0] != "sha" {
			return user + ":" + bcrypt(password), nil
		}
		sum := sha1.Sum([]byte(password))
		return user + ":{SHA}" + base64.StdEncoding.EncodeToString(sum[:]), nil
	}
	table["camelcase"] = xstrings.ToPascalCase
	table["sha512sum"] = func(text string) string {
		sum := sha512.Sum512([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	table["hexdec"] = func(text string) string {
		plain, err := hex.DecodeString(text)
		if err != nil {
			return err.Error()
		}
		return string(plain)
	}
	delete(table, "getSecretKey")
	delete(table, "getHostByName")
}

// The key that messages name, and the one that our engine is asked under.
const key = "k"

func render(text string, data map[string][]byte) map[string]string {
	var secret corev1.Secret
	templates := map[string][]byte{key: []byte(text)}
	err := engine.Execute(templates, data, esapi.TemplateScopeValues, esapi.TemplateTargetData, &secret)
	if err != nil {
		return map[string]string{"err": err.Error()}
	}
	out := secret.Data[key]
	if len(out) > largestText {
		return map[string]string{"err": errTooLarge.Error()}
	}
	if !utf8.Valid(out) {
		return map[string]string{"bytes": base64.StdEncoding.EncodeToString(out)}
	}
	return map[string]string{"out": string(out)}
}

// Go's templates know no bounds: one `indent 123456789` in a loop would take the whole machine's memory, and two nested
// ranges over a million its time. Whoever asks sees from the missing answers which template ended the judge.
const (
	memoryLimit = 4 << 30
	stackLimit  = 128 << 20
	timeLimit   = 20 * time.Second
)

func stop(code int, words ...any) {
	fmt.Fprintln(os.Stderr, words...)
	os.Exit(code)
}

func main() {
	if err := syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: memoryLimit, Max: memoryLimit}); err != nil {
		stop(2, "cannot bound my memory:", err)
	}
	debug.SetMaxStack(stackLimit)
	bringUpToDate()
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	if len(os.Args) > 1 && os.Args[1] == "functions" {
		if err := answers.Encode(slices.Sorted(maps.Keys(engine.FuncMap()))); err != nil {
			os.Exit(1)
		}
		return
	}
	guardSizes()
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	var head struct {
		Data map[string][]byte `json:"data"`
	}
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &head) != nil {
		stop(2, "the first line must be {\"data\": {…}}")
	}
	for lines.Scan() {
		var asked row
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			stop(2, err)
		}
		watchdog := time.AfterFunc(timeLimit, func() { stop(3, "a template takes too long") })
		result := render(asked.Template, head.Data)
		watchdog.Stop()
		if err := answers.Encode(answer{asked.ID, result}); err != nil {
			os.Exit(1)
		}
	}
}
