-- KEYS: epoch, exchange, open ones of the partner, open ones, prefix of tokens.
-- ARGV: epoch, name, failure.
local known = redis.call('HMGET', KEYS[2], 'progress', 'token')
if not known[1] then
  return 0
end
redis.call('ZREM', KEYS[3], ARGV[2])
redis.call('ZREM', KEYS[4], ARGV[2])
if known[2] then
  redis.call('DEL', KEYS[5] .. known[2])
end
-- EX-ISS-094: what was told once is told until it is forgotten.
if known[1] == 'open' or known[1] == 'live' then
  redis.call('HSET', KEYS[2], 'progress', ARGV[3])
end
return 1
