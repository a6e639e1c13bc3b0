local f = coroutine.wrap(function() local x = nil; return x.field end)
f()
