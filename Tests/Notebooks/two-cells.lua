-- %%
x = 1

-- %%
show(x)
