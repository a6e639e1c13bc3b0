-- attack: write without end
-- expect: resource limit: 1.0 MiB of output
-- code: 6
-- options: --output-limit 1MiB

while true do print(("x"):rep(1000)) end
