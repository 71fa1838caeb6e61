-- KEYS: epoch, account. ARGV: epoch, now in seconds, how many refused logins are allowed, how long the pause is.
-- Gives how many seconds the account pauses still; 0 lets the attempt go on.
local known = redis.call('HMGET', KEYS[2], 'refused', 'pause_until')
local refused, pause_until = tonumber(known[1] or 0), tonumber(known[2] or 0)
local at = tonumber(ARGV[2])
if at < pause_until then
  return pause_until - at
end
if pause_until > 0 then
  refused, pause_until = 0, 0
end
refused = refused + 1
if refused >= tonumber(ARGV[3]) then
  pause_until = at + tonumber(ARGV[4])
end
redis.call('HSET', KEYS[2], 'refused', refused, 'pause_until', string.format('%.0f', pause_until))
-- Nobody waits a day between two guesses.
redis.call('EXPIRE', KEYS[2], math.max(86400, tonumber(ARGV[4])))
return 0
