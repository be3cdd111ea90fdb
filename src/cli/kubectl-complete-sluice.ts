#!/usr/bin/env node
import { kubectlPlugin, runProgram } from './program.ts';

process.exitCode = await runProgram(['__complete', ...process.argv.slice(2)], kubectlPlugin());
