-- %%
s = "a\tb\\ \"q\" \z
     more \u{48} \x41"
t = 'it\'s -- %% no marker'

-- %%
print(s, t)
