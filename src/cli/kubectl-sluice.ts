#!/usr/bin/env node
import { kubectlPlugin, runProgram } from './program.ts';

process.exitCode = await runProgram(process.argv.slice(2), kubectlPlugin());
