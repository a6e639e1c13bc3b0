-- attack: loop in C by repeating nothing
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

pcall(string.rep, "", math.maxinteger)
