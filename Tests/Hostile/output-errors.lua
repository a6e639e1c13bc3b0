-- attack: write errors without end
-- expect: resource limit: 1.0 MiB of output
-- code: 6
-- options: --output-limit 1MiB

while true do io.stderr:write(("x"):rep(1000)) end
