-- attack: stop the collector
-- expect: resource limit: 64.0 MiB of memory
-- code: 6
-- options: --memory 64MiB

collectgarbage("stop")
while true do local t = {("x"):rep(100000)} end
