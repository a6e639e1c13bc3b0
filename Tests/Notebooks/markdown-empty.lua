-- %% [markdown]
--

-- %% [markdown]
-- a
--
--

-- %%
x = 1
