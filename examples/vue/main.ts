// The smallest page around stores/auth.ts: who is signed in, a form, a button.
import { createApp, h, ref } from 'vue'
import { createPinia } from 'pinia'
import { useAuthStore } from './stores/auth.js'

const page = {
  setup() {
    const auth = useAuthStore()
    const status = ref('')

    // The store knows only who has signed in since the page was loaded; the server knows about before.
    const ask = async () => {
      const response = await fetch('/api/auth/user/@me', { credentials: 'include' })
      if (response.ok) auth.$patch({ user: (await response.json()).user, isAuthenticated: true })
    }
    ask()

    const submit = async (event) => {
      event.preventDefault()
      const fields = new FormData(event.target)
      const done = await auth.login(String(fields.get('email')), String(fields.get('password')))
      status.value = done ? '' : 'Login failed'
    }

    const member = () => [
      h('b', { id: 'who' }, auth.user.email),
      h('button', { id: 'leave', onClick: () => auth.logout() }, 'Sign out')
    ]
    const guest = () => [
      h('form', { id: 'login', onSubmit: submit }, [
        h('input', { name: 'email', type: 'email', autocomplete: 'username', required: true }),
        h('input', { name: 'password', type: 'password', autocomplete: 'current-password', required: true }),
        h('button', { type: 'submit' }, 'Sign in'),
        h('p', { role: 'status' }, status.value)
      ])
    ]
    return () => h('main', auth.isAuthenticated ? member() : guest())
  }
}

createApp(page).use(createPinia()).mount('#root')
