-- KEYS: epoch, what is to go.
return redis.call('DEL', KEYS[2])
