-- attack: loop for ever in coroutines that start each other
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

local function run() while true do pcall(coroutine.wrap(run)) end end
while true do pcall(coroutine.wrap(run)) end
