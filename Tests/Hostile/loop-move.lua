-- attack: loop in C by table.move
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

table.move({}, 1, math.maxinteger - 1, 2)
