'use strict';
// Loaded into a service by NODE_OPTIONS: the service ends itself with SIGKILL at a point that a
// test named in the header of an earlier request, and tells what only it can see. The product knows
// nothing of it.
const { Server } = require('node:http');
const { Statement } = require('sqlite3');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

/** What was named: `{ at, moment, match, count }`, or undefined. */
let point;

function reach(at, moment, text) {
  if (point === undefined || point.at !== at || point.moment !== moment) return;
  if (!new RegExp(point.match, 'i').test(text)) return;
  point.count -= 1;
  if (point.count === 0) process.kill(process.pid, 'SIGKILL');
}

// Whatever is asked of a connection goes through here, compiled for this once or kept.
for (const name of ['run', 'all']) {
  const original = Statement.prototype[name];
  Statement.prototype[name] = function perform(...all) {
    const { sql } = this;
    reach('statement', 'before', sql);
    const callback = all.at(-1);
    if (typeof callback !== 'function') return original.apply(this, all);
    const reached = function tell(...answer) {
      reach('statement', 'after', sql);
      return callback.apply(this, answer);
    };
    return original.call(this, ...all.slice(0, -1), reached);
  };
}

/** Those with a webhook that has no answer yet. */
const sockets = new Set();
const emit = Server.prototype.emit;
Server.prototype.emit = function announce(event, request, response, ...rest) {
  if (event === 'request') watch(request, response);
  return emit.call(this, event, request, response, ...rest);
};

function watch(request, response) {
  const { method, url, headers } = request;
  if (headers['x-test-crash'] !== undefined) point = JSON.parse(headers['x-test-crash']);
  if (headers['x-test-heap'] !== undefined) response.setHeader('x-test-heap', usedHeap());
  if (headers['x-test-sockets'] !== undefined) response.setHeader('x-test-sockets', sockets.size);
  const text = `${method} ${url}`;
  if (url.startsWith('/webhooks/')) keepUntilAnswered(request.socket, response);
  request.prependListener('end', () => reach('request', 'after', text));
  const end = response.end;
  response.end = function answer(...all) {
    reach('reply', 'before', text);
    return end.apply(this, all);
  };
  response.once('finish', () => reach('reply', 'after', text));
}

function keepUntilAnswered(socket, response) {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  response.once('finish', () => sockets.delete(socket));
}

function usedHeap() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  return String(process.memoryUsage().heapUsed);
}
