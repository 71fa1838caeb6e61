-- Begins an epoch if the one that a replica knew is still the one in force, or if there is none.
-- KEYS: epoch. ARGV: the epoch that the replica knew, a new name, whether what is here is kept.
local found = redis.call('GET', KEYS[1])
if found and (ARGV[3] == '1' or found ~= ARGV[1]) then
  return found
end
local clock = redis.call('TIME')
local began = string.format('%.0f', clock[1] * 1000 + math.floor(clock[2] / 1000))
redis.call('SET', KEYS[1], ARGV[2] .. '.' .. began)
return redis.call('GET', KEYS[1])
