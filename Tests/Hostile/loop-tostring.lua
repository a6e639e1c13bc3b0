-- attack: loop in the text of an error
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

error(setmetatable({}, {__tostring = function() while true do end end}))
