// Runs what Argo CD and Flux run, with the libraries and the limits that they use: Lua 5.1 without the string and io libraries, a
// second at most; CEL that is parsed but not checked; and kstatus where neither is asked for. Reads questions as JSON on stdin, and answers them in their order.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/ext"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
)

type question struct {
	Object     map[string]any `json:"object"`
	Lua        string         `json:"lua,omitempty"`
	Expression string         `json:"expression,omitempty"`
}

type answer struct {
	Result any    `json:"result,omitempty"`
	Error  string `json:"error,omitempty"`
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := make([]answer, len(questions))
	for i, asked := range questions {
		result, err := answerTo(asked)
		answers[i].Result = result
		if err != nil {
			answers[i] = answer{Error: err.Error()}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func answerTo(asked question) (any, error) {
	object := whole(asked.Object).(map[string]any)
	if asked.Expression != "" {
		return evaluate(asked.Expression, object)
	}
	if asked.Lua != "" {
		return run(asked.Lua, object)
	}
	computed, err := status.Compute(&unstructured.Unstructured{Object: object})
	if err != nil {
		return nil, err
	}
	return computed.Status, nil
}

// whole turns numbers without a fraction into int64, which is how Kubernetes reads them from JSON.
func whole(value any) any {
	switch read := value.(type) {
	case float64:
		if read == float64(int64(read)) {
			return int64(read)
		}
	case map[string]any:
		for key, each := range read {
			read[key] = whole(each)
		}
	case []any:
		for i, each := range read {
			read[i] = whole(each)
		}
	}
	return value
}

func run(script string, object map[string]any) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.BaseLibName: lua.OpenBase,
		lua.TabLibName:  lua.OpenTable,
	} {
		call := lua.P{Fn: state.NewFunction(open), Protect: true}
		if err := state.CallByParam(call, lua.LString(name)); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	encoded, err := luajson.Encode(state.Get(-1))
	return json.RawMessage(encoded), err
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch given := value.(type) {
	case bool:
		return lua.LBool(given)
	case int64:
		return lua.LNumber(given)
	case float64:
		return lua.LNumber(given)
	case string:
		return lua.LString(given)
	case []any:
		list := state.CreateTable(len(given), 0)
		for _, each := range given {
			list.Append(toLua(state, each))
		}
		return list
	case map[string]any:
		table := state.CreateTable(0, len(given))
		for key, each := range given {
			table.RawSetString(key, toLua(state, each))
		}
		return table
	}
	return lua.LNil
}

func evaluate(expression string, object map[string]any) (any, error) {
	env, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(),
		cel.EagerlyValidateDeclarations(true),
		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true),
		cel.OptionalTypes(),
		ext.Strings(),
		ext.Sets(),
		ext.Encoders(),
	)
	if err != nil {
		return nil, err
	}
	parsed, issues := env.Parse(expression)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	program, err := env.Program(parsed, cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return nil, err
	}
	value, _, err := program.Eval(object)
	if err != nil {
		return nil, err
	}
	if holds, ok := value.(types.Bool); ok {
		return bool(holds), nil
	}
	return nil, fmt.Errorf("%s gives no boolean", expression)
}
