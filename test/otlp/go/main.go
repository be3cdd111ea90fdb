// OpenTelemetry Collector's own OTLP receiver, over HTTP at the address given first. What it has parsed is appended to the
// file given second: one line of OTLP's JSON, as the collector writes it, for each request.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

func main() {
	if err := run(context.Background(), os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	select {}
}

func run(ctx context.Context, address, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	var mutex sync.Mutex
	write := func(line []byte, err error) error {
		if err != nil {
			return err
		}
		mutex.Lock()
		defer mutex.Unlock()
		_, err = file.Write(append(line, '\n'))
		return err
	}
	traces, err := consumer.NewTraces(func(_ context.Context, data ptrace.Traces) error {
		return write((&ptrace.JSONMarshaler{}).MarshalTraces(data))
	})
	if err != nil {
		return err
	}
	metrics, err := consumer.NewMetrics(func(_ context.Context, data pmetric.Metrics) error {
		return write((&pmetric.JSONMarshaler{}).MarshalMetrics(data))
	})
	if err != nil {
		return err
	}
	logs, err := consumer.NewLogs(func(_ context.Context, data plog.Logs) error {
		return write((&plog.JSONMarshaler{}).MarshalLogs(data))
	})
	if err != nil {
		return err
	}

	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	given := confmap.NewFromStringMap(map[string]any{
		"protocols": map[string]any{"http": map[string]any{"endpoint": address}},
	})
	if err := given.Unmarshal(config); err != nil {
		return err
	}
	settings := receivertest.NewNopSettings(factory.Type())
	tracesReceiver, err := factory.CreateTraces(ctx, settings, config, traces)
	if err != nil {
		return err
	}
	metricsReceiver, err := factory.CreateMetrics(ctx, settings, config, metrics)
	if err != nil {
		return err
	}
	logsReceiver, err := factory.CreateLogs(ctx, settings, config, logs)
	if err != nil {
		return err
	}
	// They are one and the same: what is sent to one address is told apart by its path.
	for _, receiver := range []component.Component{tracesReceiver, metricsReceiver, logsReceiver} {
		if err := receiver.Start(ctx, componenttest.NewNopHost()); err != nil {
			return err
		}
	}
	return nil
}
