-- attack: put back the searchers of C modules
-- expect: attempt to get length of a nil value (field 'searchers')
-- code: 1

package.searchers[#package.searchers + 1] = function() end
print("ESCAPED")
