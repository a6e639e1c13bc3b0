-- %% texts
page = [[
# heading
  indented, with "quotes" and 'others'
]]

code = [==[
print([[inner]])
]==]

-- %%
show(#page + #code)
