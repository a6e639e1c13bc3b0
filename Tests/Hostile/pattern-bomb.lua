-- attack: a pattern that takes ages
-- expect: pattern takes more than 20000000 steps
-- code: 1

print(("a"):rep(40):find(("a*"):rep(30) .. "b"))
