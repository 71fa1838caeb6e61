-- KEYS: epoch, status.
local exchange = redis.call('GET', KEYS[2])
if not exchange then
  return {}
end
return redis.call('HMGET', exchange, 'progress', 'origin', 'forget_at')
