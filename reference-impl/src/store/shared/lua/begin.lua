-- KEYS: epoch, exchange, open ones of the partner, open ones, all, status or exchange.
-- ARGV: epoch, name, forget_at, milliseconds that it may take, room of the partner, room of open ones,
-- room of all, secret or nothing, origin.
if redis.call('EXISTS', KEYS[2]) == 1 then
  return 'duplicate'
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now)
if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[5]) then
  return 'partner-busy'
end
if redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[6]) or redis.call('ZCARD', KEYS[5]) >= tonumber(ARGV[7]) then
  return 'full'
end
local over = string.format('%.0f', now + tonumber(ARGV[4]))
redis.call('HSET', KEYS[2], 'progress', 'open', 'over', over, 'origin', ARGV[9], 'forget_at', ARGV[3])
redis.call('EXPIREAT', KEYS[2], ARGV[3])
redis.call('ZADD', KEYS[3], over, ARGV[2])
redis.call('ZADD', KEYS[4], over, ARGV[2])
redis.call('ZADD', KEYS[5], ARGV[3] .. '000', ARGV[2])
if ARGV[8] ~= '' then
  redis.call('SET', KEYS[6], KEYS[2], 'EXAT', ARGV[3])
end
return 'new'
