#!/usr/bin/env node
import { main } from './main.js';
import { outliveReaders } from './outlive-readers.js';

outliveReaders();
process.exitCode = await main(process.argv.slice(2));
