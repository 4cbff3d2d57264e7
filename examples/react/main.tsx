// The smallest page around contexts/AuthContext.tsx: who is signed in, a form, a button.
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { AuthProvider, useAuth } from './contexts/AuthContext.js';

function Page() {
  const { user, isAuthenticated, login, logout, checkAuth } = useAuth();
  const [status, setStatus] = useState('');

  useEffect(() => {
    checkAuth();
  }, []);

  const submit = async (event) => {
    event.preventDefault();
    const fields = new FormData(event.target);
    const result = await login(String(fields.get('email')), String(fields.get('password')));
    setStatus(result.success ? '' : result.error);
  };

  return isAuthenticated ? (
    <p>
      Signed in as <b id="who">{user.email}</b>. <button id="leave" onClick={logout}>Sign out</button>
    </p>
  ) : (
    <form id="login" onSubmit={submit}>
      <input name="email" type="email" autoComplete="username" required />
      <input name="password" type="password" autoComplete="current-password" required />
      <button type="submit">Sign in</button>
      <p role="status">{status}</p>
    </form>
  );
}

createRoot(document.getElementById('root')).render(
  <AuthProvider>
    <Page />
  </AuthProvider>
);
