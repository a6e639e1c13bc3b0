-- attack: loop in the handler of errors
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

xpcall(function() while true do end end, function() while true do end end)
