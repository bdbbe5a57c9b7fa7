// Loaded into the measured service with NODE_OPTIONS=--require: on SIGUSR2 it collects garbage and
// writes what the process uses as one line of JSON to standard error; on SIGWINCH it collects
// nothing and writes its CPU time alone. Costs nothing otherwise.
process.on('SIGUSR2', () => {
  const before = process.memoryUsage();
  process.getBuiltinModule('v8').setFlagsFromString('--expose-gc');
  process.getBuiltinModule('vm').runInNewContext('gc')();
  const after = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const probe = {
    rss: before.rss,
    rssAfterGc: after.rss,
    heap: after.heapUsed,
    cpu: user + system,
  };
  process.stderr.write(`${JSON.stringify({ probe })}\n`);
});
process.on('SIGWINCH', () => {
  const { user, system } = process.cpuUsage();
  process.stderr.write(`${JSON.stringify({ cpuTime: user + system })}\n`);
});
