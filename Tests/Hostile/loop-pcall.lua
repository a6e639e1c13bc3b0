-- attack: loop for ever and swallow every error
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

while true do pcall(function() while true do end end) end
