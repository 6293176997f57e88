// Counts o200k tokens with two npm packages, one line of standard input at a time; each answer is one line too.
//   load FILE            keeps the file's lines, each a JSON string                              -> number of texts
//   count PACKAGE OUT    counts each text with `tiktoken` or `tiktoken-rs` and writes the counts -> {"seconds": processor time of this process, "tokens": sum}
const fs = require('fs');
const { get_encoding } = require('tiktoken');
const native = require('tiktoken-rs-node-linux-x64-gnu');

const wasm = get_encoding('o200k_base');
const rust = native.getEncoding('o200k_base');
const counters = { 'tiktoken': text => wasm.encode_ordinary(text).length, 'tiktoken-rs': text => rust.encode(text).length };
let texts = [];

const commands = {
  load: file => { texts = fs.readFileSync(file, 'utf8').split('\n').filter(line => line).map(line => JSON.parse(line)); return texts.length; },
  count: (name, out) => {
    const count = counters[name], counts = new Array(texts.length), before = process.cpuUsage();
    for (let i = 0; i < texts.length; i++) counts[i] = count(texts[i]);
    const { user, system } = process.cpuUsage(before);
    if (out) fs.writeFileSync(out, counts.join('\n'));
    return JSON.stringify({ seconds: (user + system) / 1e6, tokens: counts.reduce((sum, each) => sum + each, 0) });
  },
};

console.log('ready');
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const [command, ...args] = line.split(' ');
  console.log(commands[command](...args));
});
