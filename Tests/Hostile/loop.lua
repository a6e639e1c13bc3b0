-- attack: loop for ever
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

while true do end
