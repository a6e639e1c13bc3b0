-- attack: keep coroutines
-- expect: resource limit: 64.0 MiB of memory
-- code: 6
-- options: --memory 64MiB

local t = {}
while true do
  local co = coroutine.create(function() coroutine.yield() end)
  coroutine.resume(co)
  t[#t + 1] = co
end
